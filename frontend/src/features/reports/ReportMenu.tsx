/** The less frequent actions on a report. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconCopy, IconDots, IconDownload } from "@tabler/icons-react";
import { useMay } from "@/features/account/api";
import type { Report } from "./api";
import { reportMessages as text } from "./messages";
import { useReportActions } from "./useReportActions";

const SIZE = 16;

export function ReportMenu({ report, onClone }: { report: Report; onClone: () => void }) {
  const { archive, restore, exportYaml } = useReportActions();
  const mayWrite = useMay("reports:write");
  const mayArchive = useMay("reports:archive");
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label={text.more(report.name)}>
          <IconDots size={SIZE} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayWrite && (
          <Menu.Item leftSection={<IconCopy size={SIZE} aria-hidden />} onClick={onClone}>
            {text.clone}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconDownload size={SIZE} aria-hidden />} onClick={() => exportYaml(report)}>
          {text.exportYaml}
        </Menu.Item>
        {mayArchive && !report.archived_at && (
          <Menu.Item
            leftSection={<IconArchive size={SIZE} aria-hidden />}
            onClick={() => void archive(report)}
          >
            {text.archive}
          </Menu.Item>
        )}
        {mayArchive && report.archived_at && (
          <Menu.Item
            leftSection={<IconArchiveOff size={SIZE} aria-hidden />}
            onClick={() => void restore(report)}
          >
            {text.restore}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
