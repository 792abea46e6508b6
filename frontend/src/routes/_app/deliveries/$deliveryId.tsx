import { createFileRoute } from "@tanstack/react-router";
import { deliveryQuery } from "@/features/deliveries/api";
import { DeliveryDetail } from "@/features/deliveries/DeliveryDetail";

export const Route = createFileRoute("/_app/deliveries/$deliveryId")({
  loader: ({ context, params }) => void context.queries.prefetchQuery(deliveryQuery(params.deliveryId)),
  component: DeliveryDetail,
});
