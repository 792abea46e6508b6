/** What can be done with a report wherever it is shown: archive, restore, export. */
import { showDone, showProblem } from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { useQueryClient } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";
import { archiveReport, exportAddress, reportKeys, restoreReport, type Report } from "./api";
import { reportMessages as text } from "./messages";

export function useReportActions() {
  const queries = useQueryClient();
  const reload = () => queries.invalidateQueries({ queryKey: reportKeys.all });

  async function archive(report: Report) {
    try {
      await archiveReport(report.id);
      showDone(text.archived(report.name), () => void restore(report));
      await reload();
    } catch (error) {
      showProblem(error);
    }
  }

  async function restore(report: Report) {
    try {
      await restoreReport(report.id);
      showDone(text.restored(report.name));
      await reload();
    } catch (error) {
      showProblem(error);
    }
  }

  function exportYaml(report: Pick<Report, "id" | "slug">, versionId?: string) {
    const address = apiUrl + exportAddress(report.id, versionId);
    void download(session.fetch, address, text.exportName(report.slug)).catch(showProblem);
  }

  return { archive, restore, exportYaml };
}
