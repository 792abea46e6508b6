/** Who takes exceptions: at once, with a way back for as long as the toast stands. */
import { Button, Menu, ScrollArea } from "@mantine/core";
import { showDone, showProblem } from "@openreg/ui";
import { IconUser } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useOwnId } from "@/features/account/api";
import { assign, giveBack, type Chosen } from "./api";
import { detailMessages } from "./detailMessages";
import { useAssignees } from "./useAssignees";
import { useRefresh } from "./useRefresh";

const text = detailMessages.decide;
const MENU_HEIGHT = 280;

export function AssignMenu({ chosen, onDone }: { chosen: Chosen[]; onDone?: () => void }) {
  const ownId = useOwnId();
  const refresh = useRefresh();
  const others = useAssignees();
  const act = useMutation({
    mutationFn: (to: { id: string | null; name: string }) => assign(chosen, to.id),
    onSuccess: async (done, to) => {
      showDone(said(chosen.length, to), () => undo.mutate(done));
      await refresh();
      onDone?.();
    },
    onError: showProblem,
  });
  const undo = useMutation({
    mutationFn: giveBack,
    onSuccess: () => refresh(),
    onError: showProblem,
  });
  return (
    <Menu>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconUser size={14} aria-hidden />}
          loading={act.isPending}
          disabled={chosen.length === 0}
        >
          {text.assign}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={MENU_HEIGHT} type="auto">
          {ownId && (
            <Menu.Item onClick={() => act.mutate({ id: ownId, name: text.you })}>{text.assignMe}</Menu.Item>
          )}
          {others.map((one) => (
            <Menu.Item key={one.id} onClick={() => act.mutate(one)}>
              {one.name}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => act.mutate({ id: null, name: text.unassign })}>{text.unassign}</Menu.Item>
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}

function said(count: number, to: { id: string | null; name: string }): string {
  return to.id === null ? text.unassigned(count) : text.assigned(count, to.name);
}
