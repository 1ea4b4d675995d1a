{{ figures_of('rpt_landed_work') }}
