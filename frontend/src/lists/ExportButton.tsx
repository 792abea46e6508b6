/** Fetches what the API has at a path, such as a filtered list, as a file. */
import { Button } from "@mantine/core";
import { showProblem } from "@openreg/ui";
import { download } from "@openreg/ui/api";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { apiUrl, session } from "@/api/client";

interface ExportButtonProps {
  /** Asked for when it is pressed: what is overdue depends on the time. */
  path: () => string;
  fileName: string;
  children: string;
}

export function ExportButton({ path, fileName, children }: ExportButtonProps) {
  const exporting = useMutation({
    mutationFn: () => download(session.fetch, apiUrl + path(), fileName),
    onError: showProblem,
  });
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={14} aria-hidden />}
      loading={exporting.isPending}
      onClick={() => exporting.mutate()}
    >
      {children}
    </Button>
  );
}
