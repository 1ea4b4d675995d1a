{{ figures_of('rpt_labeller_agreement') }}
