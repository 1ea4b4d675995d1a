{{ figures_of('rpt_usage') }}
