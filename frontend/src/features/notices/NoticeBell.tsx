/** The newest notices, and how many nobody has read. */
import { ActionIcon, Button, Group, Indicator, Popover, Stack, Text } from "@mantine/core";
import { LinkButton, showProblem, TimeAgo } from "@openreg/ui";
import { IconBell } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { bellQuery, noticeKeys, readAllNotices } from "./api";
import { noticeMessages as text } from "./messages";
import { NoticeLink } from "./NoticeLink";
import styles from "./notices.module.css";
import { useNoticeStream } from "./useNoticeStream";

export function NoticeBell() {
  const [isOpen, setIsOpen] = useState(false);
  const queries = useQueryClient();
  const bell = useQuery(bellQuery()).data;
  const unread = bell?.unread ?? 0;
  useNoticeStream();
  const readAll = useMutation({
    mutationFn: readAllNotices,
    onSuccess: () => queries.invalidateQueries({ queryKey: noticeKeys.all }),
    onError: showProblem,
  });

  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={340} trapFocus returnFocus>
      <Indicator
        label={unread > 99 ? "99+" : unread}
        size={16}
        disabled={unread === 0}
        color="red.9"
        offset={5}
      >
        <Popover.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={30}
            aria-label={text.bell(unread)}
            onClick={() => setIsOpen(!isOpen)}
          >
            <IconBell size={18} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown aria-label={text.title}>
        <Stack gap="sm">
          {bell?.items.length === 0 && <Text c="dimmed">{text.firstUse}</Text>}
          <ul className={styles.list}>
            {bell?.items.map((notice) => (
              <li
                key={notice.id}
                className={styles.notice}
                data-unread={notice.read_at === null || undefined}
              >
                <NoticeLink notice={notice} onFollow={() => setIsOpen(false)} />
                <Text size="xs" c="dimmed">
                  {notice.text} · <TimeAgo at={notice.created_at} />
                </Text>
              </li>
            ))}
          </ul>
          <Group justify="space-between" gap="sm">
            <LinkButton to="/notices" search={{}} variant="default" onClick={() => setIsOpen(false)}>
              {text.all}
            </LinkButton>
            {unread > 0 && (
              <Button variant="default" loading={readAll.isPending} onClick={() => readAll.mutate()}>
                {text.readAll}
              </Button>
            )}
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
