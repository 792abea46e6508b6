/** The entries that are looked at, as a file; it can be imported again. */
import { Button, Menu } from "@mantine/core";
import { showProblem } from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";
import { exportPath, type Dataset, type EntrySearch, type FileFormat, type Noun } from "./api";
import { datasetMessages } from "./messages";

const text = datasetMessages.exporting;
const FORMATS = ["csv", "xlsx"] as const satisfies readonly FileFormat[];

interface ExportMenuProps {
  dataset: Dataset;
  noun: Noun;
  search: EntrySearch;
}

export function ExportMenu({ dataset, noun, search }: ExportMenuProps) {
  const exporting = useMutation({
    mutationFn: (format: FileFormat) =>
      download(
        session.fetch,
        apiUrl + exportPath(noun, dataset.id, search, format),
        `${dataset.name}.${format}`,
      ),
    onError: showProblem,
  });
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          loading={exporting.isPending}
        >
          {text.open}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => (
          <Menu.Item key={format} onClick={() => exporting.mutate(format)}>
            {text[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
