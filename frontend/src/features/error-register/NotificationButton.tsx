/** The text that an authority is sent, to be copied. */
import { Button, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { CopyButton, ErrorState, uiMessages } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { notificationQuery, type EntryDetail, type NotificationFormat } from "./api";
import { registerMessages } from "./messages";

const text = registerMessages.notification;

export function NotificationButton({ entry }: { entry: EntryDetail }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setIsOpen(true)}>
        {text.action}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={text.title}
        size="xl"
        closeButtonProps={{ "aria-label": uiMessages.close }}
      >
        {isOpen && <Shown entryId={entry.id} />}
      </Modal>
    </>
  );
}

function Shown({ entryId }: { entryId: string }) {
  const [format, setFormat] = useState<NotificationFormat>("plain");
  const query = useQuery(notificationQuery(entryId, format));
  return (
    <Stack gap="md">
      <Text size="sm">{text.hint}</Text>
      <SegmentedControl
        aria-label={text.format}
        data={[
          { value: "plain", label: text.formats.plain },
          { value: "markdown", label: text.formats.markdown },
        ]}
        value={format}
        onChange={(value) => setFormat(value === "markdown" ? "markdown" : "plain")}
      />
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && (
        <>
          <TextInput label={text.subject} readOnly value={query.data.subject} />
          <Textarea label={text.text} readOnly autosize minRows={8} maxRows={22} value={query.data.text} />
          <CopyButton value={query.data.text} label={text.copy} />
        </>
      )}
    </Stack>
  );
}
