{{ figures_of('rpt_changes') }}
