{{ figures_of('rpt_repositories') }}
