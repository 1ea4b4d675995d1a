{{ figures_of('rpt_task_value') }}
