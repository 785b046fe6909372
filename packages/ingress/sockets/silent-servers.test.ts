import { describe, expect, test } from 'vitest'
import { findReplaced, findWaiting } from './silent-servers.ts'

/** As HAProxy 2.6 prints them. */
const states = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 b 1 web-1 10.0.0.1 2 0 256 256 1 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
3 b 2 web-2 10.0.0.2 2 0 256 256 0 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
3 b 3 web-3 10.0.0.3 0 0 256 256 0 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
3 b 4 web-4 0.0.0.0 0 5 256 256 0 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
4 alone 1 db-1 10.0.1.2 2 0 256 256 0 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
5 probe:b 1 web-1 10.0.0.1 2 0 256 256 1 8 2 0 6 0 0 0 - 80 - 0 0 - - 0
5 probe:b 2 web-2 10.0.0.2 2 0 256 256 1 8 2 0 6 0 0 0 - 80 - 0 0 - - 0

`

describe('servers are left', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['at the addresses of a node', ['10.0.0.2'], ['b/web-2']],
    ['but those that are down, or empty, already', ['10.0.0.2', '10.0.0.3', '0.0.0.0'], ['b/web-2']],
    ['but those that nobody could take the place of', ['10.0.0.1', '10.0.0.2', '10.0.1.2'], []],
  ])('%s', (_, addresses, servers) => {
    expect(findReplaced(states, new Set(addresses))).toEqual(servers)
  })
})

const sessionOf = (id: string, where: string, analysers: string, flags: string): string =>
  `${id}: proto=tcpv4 src=127.0.0.1:54652 fe=web ${where} ts=00 epoch=0 age=1s calls=1 rate=0 cpu=0 lat=0 rq[f=49c40080h,i=0,an=8000h,rx=,wx=,ax=] rp[f=80400000h,i=0,an=${analysers}h,rx=59s,wx=,ax=] scf=[8,${flags}h,fd=12] scb=[8,11h,fd=18] exp=59s rc=0 c_exp=`

test('who waits for the head of an answer and may ask again is found, and nobody else', () => {
  const sessions = [
    sessionOf('0x1', 'be=b srv=web-2', '1400000', '80'),
    sessionOf('0x2', 'be=b srv=web-1', '1400000', '80'),
    sessionOf('0x3', 'be=b srv=web-2', '4000000', '80'),
    sessionOf('0x4', 'be=b srv=web-2', '1400000', '0'),
    sessionOf('0x5', 'be=b srv=<none>', '0', '0'),
    '0x6: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s calls=1 rate=1 cpu=0 lat=0 rq[f=c08002h,i=0,an=00h,rx=10s,wx=,ax=] rp[f=80008002h,i=0,an=00h,rx=,wx=,ax=] scf=[8,0h,fd=25] scb=[8,1h,fd=-1] exp=10s rc=0 c_exp=',
  ]
  expect(findWaiting(sessions.join('\n'), new Set(['b/web-2']))).toEqual(['0x1'])
})
