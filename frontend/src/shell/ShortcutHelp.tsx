/** Single-key shortcuts of the frame, and the list of all of them under `?`. */
import { Button, Group, Kbd, Modal, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { isTyping, uiMessages, useSingleKeyShortcuts, type NavigationGroup } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { shellMessages as text } from "./messages";

const SEQUENCE_MS = 1200;

export function ShortcutHelp({ groups }: { groups: NavigationGroup[] }) {
  const [isOpen, help] = useDisclosure(false);
  const [isOn, setIsOn] = useSingleKeyShortcuts();
  useShortcuts(isOn, groups, help.open);
  return (
    <Modal
      opened={isOpen}
      onClose={help.close}
      title={text.shortcuts}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      <Table aria-label={text.shortcuts}>
        <Table.Tbody>
          {text.shortcutList.map(([keys, meaning]) => (
            <Table.Tr key={keys}>
              <Table.Th scope="row">
                <Kbd>{keys}</Kbd>
              </Table.Th>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group justify="space-between" pt="md">
        <Text size="sm">{isOn ? text.shortcutsOn : text.shortcutsOff}</Text>
        <Button variant="default" onClick={() => setIsOn(!isOn)}>
          {isOn ? text.turnOff : text.turnOn}
        </Button>
      </Group>
    </Modal>
  );
}

function useShortcuts(isOn: boolean, groups: NavigationGroup[], openHelp: () => void): void {
  const router = useRouter();
  const queries = useQueryClient();
  const goingSince = useRef(-Infinity);
  useEffect(() => {
    if (!isOn) return undefined;
    function press(event: KeyboardEvent) {
      if (isTyping(event)) return;
      const isGoing = event.timeStamp - goingSince.current < SEQUENCE_MS;
      goingSince.current = -Infinity;
      if (isGoing) {
        const entry = groups.flatMap((group) => group.entries).find((one) => one.key === event.key);
        if (entry) void router.navigate({ to: entry.to });
      } else if (event.key === "g") goingSince.current = event.timeStamp;
      else if (event.key === "?") openHelp();
      else if (event.key === "r") void queries.invalidateQueries();
      else if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLElement>("main [data-search]")?.focus();
      }
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [isOn, groups, openHelp, router, queries]);
}
