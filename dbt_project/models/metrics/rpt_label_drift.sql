{{ figures_of('rpt_label_drift') }}
