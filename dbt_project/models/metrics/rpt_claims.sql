{{ figures_of('rpt_claims') }}
