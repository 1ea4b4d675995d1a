{{ figures_of('rpt_survey') }}
