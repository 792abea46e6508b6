/** Short confirmations. A change that can be taken back offers Undo for as long as the toast stands. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { uiMessages } from "../messages";
import { asProblem } from "./asProblem";

export function showDone(message: string, undo?: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" gap="sm">
        <Text size="sm">{message}</Text>
        {undo && (
          <Button
            variant="default"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            {uiMessages.undo}
          </Button>
        )}
      </Group>
    ),
    closeButtonProps: { "aria-label": uiMessages.close },
  });
}

export function showProblem(error: unknown): void {
  const problem = asProblem(error);
  const id = problem.requestId ? ` (${uiMessages.requestId} ${problem.requestId})` : "";
  notifications.show({
    color: "red",
    title: problem.title,
    message: `${problem.message}${problem.fix ? ` ${problem.fix}` : ""}${id}`,
    autoClose: false,
    closeButtonProps: { "aria-label": uiMessages.close },
  });
}
