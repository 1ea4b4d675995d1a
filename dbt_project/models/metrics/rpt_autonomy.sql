{{ figures_of('rpt_autonomy') }}
