/** The list of deliveries: states as tabs, filters in the URL. */
import { LinkButton } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListScreen } from "@/lists/ListScreen";
import { StateTabs } from "@/lists/StateTabs";
import { useListSearch } from "@/lists/useListSearch";
import { deliveriesQuery, deliveryCountsQuery } from "./api";
import { destinationColumn, fileColumn, lifeColumns } from "./deliveryColumns";
import { DeliveryFilterBar } from "./DeliveryFilterBar";
import { deliveryStates } from "./deliveryStates";
import { deliveryMessages as text } from "./messages";

const route = getRouteApi("/_app/deliveries/");
const columns = [fileColumn, destinationColumn, ...lifeColumns];

export function DeliveryList() {
  const search = route.useSearch();
  const list = useListSearch(search, route.useNavigate());
  const query = useQuery(deliveriesQuery(search));
  const counts = useQuery(deliveryCountsQuery(search)).data?.items;
  return (
    <ListScreen
      text={text}
      list={list}
      query={query}
      columns={columns}
      rowName={(one) => one.artifact_name}
      actions={
        <LinkButton to="/destinations" search={{}} variant="default">
          {text.toDestinations}
        </LinkButton>
      }
    >
      <StateTabs text={text} states={deliveryStates} current={search.state} counts={counts} />
      <DeliveryFilterBar search={search} list={list} />
    </ListScreen>
  );
}
