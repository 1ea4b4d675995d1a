{{ figures_of('rpt_corrected_rates') }}
