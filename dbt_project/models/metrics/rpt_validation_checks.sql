{{ figures_of('rpt_validation_checks') }}
