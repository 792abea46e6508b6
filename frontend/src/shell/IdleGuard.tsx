/** Ends the session when nothing happens for as long as the tenant allows; warns a minute before (WCAG 2.2.1). */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { session } from "@/api/client";
import { shellMessages as text } from "./messages";

const WARN_SECONDS = 60;
const TELL_TABS_MS = 10_000;
const ACTIVITIES = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

export function IdleGuard({ idleMinutes }: { idleMinutes: number }) {
  const { secondsLeft, stay } = useIdleness(idleMinutes * 60);
  const isWarning = secondsLeft <= WARN_SECONDS;
  return (
    <Modal opened={isWarning} onClose={stay} title={text.idleTitle} withCloseButton={false}>
      <Stack gap="md">
        <Text role="timer">{text.idleText(Math.max(0, secondsLeft))}</Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => void session.end("logout")}>
            {text.signOut}
          </Button>
          <Button data-autofocus onClick={stay}>
            {text.idleStay}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useIdleness(allowedSeconds: number) {
  const lastActive = useRef(0);
  const lastTold = useRef(0);
  const [secondsLeft, setSecondsLeft] = useState(allowedSeconds);

  function stay() {
    lastActive.current = Date.now();
    setSecondsLeft(allowedSeconds);
    session.reportActivity();
  }

  useEffect(() => {
    lastActive.current = Date.now();
    const left = () => Math.ceil(allowedSeconds - (Date.now() - lastActive.current) / 1000);
    function active() {
      // Once warned, only an answer counts: a wheel that turns by itself must not keep a session open.
      if (left() <= WARN_SECONDS) return;
      lastActive.current = Date.now();
      if (Date.now() - lastTold.current > TELL_TABS_MS) {
        lastTold.current = Date.now();
        session.reportActivity();
      }
    }
    for (const name of ACTIVITIES) window.addEventListener(name, active, { passive: true });
    const forget = session.onActivityElsewhere(() => {
      lastActive.current = Date.now();
    });
    const timer = setInterval(() => {
      setSecondsLeft(left() <= WARN_SECONDS ? left() : allowedSeconds);
      if (left() <= 0) void session.end("idle");
    }, 1000);
    return () => {
      for (const name of ACTIVITIES) window.removeEventListener(name, active);
      forget();
      clearInterval(timer);
    };
  }, [allowedSeconds]);

  return { secondsLeft, stay };
}
