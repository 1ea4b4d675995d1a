{{ figures_of('rpt_primary_tests') }}
