{{ figures_of('rpt_pull_requests') }}
