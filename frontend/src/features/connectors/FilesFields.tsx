/** A connector for files has no address and nobody signs in: its tables are made of files on its own page. */
import { Text } from "@mantine/core";
import { connectorMessages } from "./messages";

export function FilesFields() {
  return <Text c="dimmed">{connectorMessages.form.files}</Text>;
}
