{{ figures_of('rpt_time_ratios') }}
