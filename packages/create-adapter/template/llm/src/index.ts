export { GatewayTicketLLM, type GatewayTicketLLMOptions } from './gateway-ticket-llm.ts';
