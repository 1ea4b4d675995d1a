{{ figures_of('rpt_cluster_shares') }}
