/** The usage page, with its chart. */

import { startUsage } from "../../../gql_server/static/plain/usage.js";
import query from "../../../gql_server/static/plain/usage.graphql?raw";
import { drawChart } from "./chart.js";
import "../../../gql_server/static/plain/bar.css";
import "../../../gql_server/static/plain/usage.css";

startUsage(query, drawChart);
