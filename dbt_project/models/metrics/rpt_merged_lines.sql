{{ figures_of('rpt_merged_lines') }}
