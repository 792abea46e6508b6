/** What is due next, and what is late, with the time that is left. */
import { AppLink, DataTable, Panel } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { nextQuery } from "@/features/deadlines/api";
import { deadlineMessages as text } from "@/features/deadlines/messages";
import { obligationColumns } from "@/features/deadlines/obligationColumns";
import { useNow } from "@/features/deadlines/useNow";

const SHOWN = ["report", "date", "state", "left", "regulator"];

export function DeadlinesPanel() {
  const owed = useQuery(nextQuery()).data?.items;
  const columns = obligationColumns(useNow()).filter((column) => SHOWN.includes(column.key));
  if (!owed || owed.length === 0) return null;
  return (
    <Panel
      title={text.next}
      aside={
        <AppLink to="/deadlines" search={{}}>
          {text.all}
        </AppLink>
      }
    >
      <DataTable label={text.next} columns={columns} rows={owed} rowKey={(one) => one.id} />
    </Panel>
  );
}
