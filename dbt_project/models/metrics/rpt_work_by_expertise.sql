{{ figures_of('rpt_work_by_expertise') }}
