{{ figures_of('rpt_occupation_gaps') }}
