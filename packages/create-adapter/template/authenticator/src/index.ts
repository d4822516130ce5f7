export { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { type GatewayTicketOptions, gatewayTicket } from './gateway-ticket.ts';
export { GatewayTicketLLM, type GatewayTicketLLMOptions } from './gateway-ticket-llm.ts';
