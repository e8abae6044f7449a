/*
 * crc32c.h - CRC-32C (Castagnoli, reflected 0x82F63B78), as iSCSI and ext4
 *
 * crc32c(0, "123456789", 9) is 0xE3069283.  Chain pieces by passing the last
 * result as crc.
 */
#ifndef CRC32C_H
#define CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

#endif
