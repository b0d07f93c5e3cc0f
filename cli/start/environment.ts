/** What the launcher reads from its environment, for the help of those who call it. */
export const ENVIRONMENT = `environment:
  ORDERLOG_PORT_BASE           first of 100 ports, HTTP at + 80, so that two can run side by side (unset: 50050, and
                               8080 for HTTP)
  ORDERLOG_DATA_DIR            the data folder (.orderlog in the project)
  ORDERLOG_LOG_LEVEL           of the services (info)
  ORDERLOG_POSTGRES_URL, ORDERLOG_NATS_URL, ORDERLOG_ELASTICSEARCH_URL
                               use a server that runs elsewhere; PostgreSQL's user must be allowed to create
                               databases and roles
  ORDERLOG_ORDER_STORE         events: an order is the fold of its events; state: its row (events)
  ORDERLOG_READS               projection: reads come from Elasticsearch; aggregate: from the Order service, and
                               neither Elasticsearch nor the projector is started (projection)
`;
