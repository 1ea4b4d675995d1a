{{ figures_of('rpt_boundaries') }}
