{{ figures_of('rpt_adjusted_rates') }}
