{{ figures_of('rpt_call_labels') }}
