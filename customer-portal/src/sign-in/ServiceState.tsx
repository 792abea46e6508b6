import { StatusBadge } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { messages } from "@/messages";
import { serviceQuery } from "./api";

export function ServiceState() {
  const service = useQuery(serviceQuery);
  const text = messages.service;
  return (
    <div role="status">
      {service.isPending ? (
        <StatusBadge tone="neutral">{text.asking}</StatusBadge>
      ) : service.data && !service.isError ? (
        <StatusBadge tone="success">{text.available}</StatusBadge>
      ) : (
        <StatusBadge tone="failed">{text.away}</StatusBadge>
      )}
    </div>
  );
}
