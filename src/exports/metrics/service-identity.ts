/**
 * Which process metrics and profiles are of, in the names of OpenTelemetry's resources. The command line is not in it:
 * what is passed there may be a secret, and a monitoring system is read by many.
 */
import type { TargetInfo } from '../../model/timeline-event.ts';
import type { Attributes } from './metric.ts';

/** @param name of the service: the same for all processes of a fleet that do the same work */
export function serviceIdentity(target: TargetInfo, name: string): Attributes {
  return {
    'service.name': name,
    'service.instance.id': `${target.hostname}-${target.pid}`,
    'host.name': target.hostname,
    'process.pid': String(target.pid),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': target.node.replace(/^v/, ''),
  };
}
