/** The tenant one works in; those who belong to several can change it. All tabs follow. */
import { Button, Menu } from "@mantine/core";
import { showProblem } from "@openreg/ui";
import { IconBuilding, IconCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { session } from "@/api/client";
import { switchTenant, type Me } from "@/features/account/api";
import { shellMessages as text } from "./messages";
import styles from "./shell.module.css";

export function TenantSwitch({ me }: { me: Me }) {
  const queries = useQueryClient();
  const router = useRouter();
  const change = useMutation({
    mutationFn: switchTenant,
    onSuccess: async (token) => {
      session.accept(token);
      session.announceTenantChange();
      // Nothing of the former tenant may stay in sight; what is on screen, the frame too, is asked for again.
      queries.removeQueries({ type: "inactive" });
      await router.navigate({ to: "/" });
      await queries.resetQueries();
      await router.invalidate();
    },
    onError: showProblem,
  });
  if (me.tenants.length < 2) return <span className={styles.tenant}>{me.tenant.name}</span>;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="default"
          loading={change.isPending}
          leftSection={<IconBuilding size={14} aria-hidden />}
          aria-label={text.tenantIs(me.tenant.name)}
        >
          <span className={styles.tenant}>{me.tenant.name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {me.tenants.map((tenant) => (
          <Menu.Item
            key={tenant.id}
            leftSection={tenant.id === me.tenant.id && <IconCheck size={14} aria-hidden />}
            aria-current={tenant.id === me.tenant.id || undefined}
            onClick={() => tenant.id !== me.tenant.id && change.mutate(tenant.id)}
          >
            {tenant.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
