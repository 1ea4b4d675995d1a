{{ figures_of('rpt_activity') }}
