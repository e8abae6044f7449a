/*
 * message.h - the contract's MQTT payloads, pure
 *
 * Each appends one JSON document to a buf; where that is a fixed one, check
 * buf.full.  Absent facts are absent keys, never null or "".
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "gateway/base/buf.h"
#include "gateway/store/board.h"
#include "gateway/store/follower.h"
#include "gateway/store/live.h"

/* {"log":..,"seq":..,"ts":..,"values":{..},"quality":{..}}: values of the
 * points that have one, quality of those that are not plainly good;
 * "backfill":true and "clock":"unsynced" or "estimated" where so.  Of the log
 * of readings. */
void message_data(struct buf *out, const struct follower_item *item);

/* {"log":..,"seq":..,"ts":..,"type":..,..}: the event's own members, but for
 * an "address", and again "backfill" and "clock".  Of the log of events. */
void message_event(struct buf *out, const struct follower_item *item);

/* {"ts":..,"online":..,"values":{..},"quality":{..}} of device number i: all
 * its points.  ts is when the view was taken; "clock":"unsynced" if the box did
 * not know for sure. */
void message_state(struct buf *out, const struct live_view *v, uint16_t i);

/* {"state":..,"active":..,..,"log":..,"seq":..}: the alarm's own members, and
 * the event that told them. */
void message_alarm(struct buf *out, const struct board_alarm *a);

/* What the device is: {"name":{"zh":..,"en":..},"kind":..,"profile":..,
 * "verified":..,"bus":..,"place":{"building":..,"stair":..,"floors":..},
 * "fed_by":..,"owner":{..},"rating":{"kva":..},"points":{"door":
 * {"type":"enum","unit":..,"role":..,"enum":{"0":"closed",..}},..}}; types are
 * number, boolean, enum, text. */
void message_meta(struct buf *out, const struct device_info *d);

#endif
