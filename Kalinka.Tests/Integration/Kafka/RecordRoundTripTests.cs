using System.Text;
using Confluent.Kafka;
using Kalinka.Common.Kafka;
using Kalinka.Tests.Common.Kafka;
using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Kafka;

internal sealed class RecordRoundTripTests
{
    private const long Timestamp = 1_700_000_123_456;

    [Test]
    public async Task Key_value_timestamp_and_headers_arrive_byte_for_byte()
    {
        var headers = new RecordHeaderBuffer();
        headers.Add("plain"u8, "text"u8);
        headers.Add("twice"u8, "first"u8);
        headers.Add("twice"u8, "second"u8);
        headers.Add("empty"u8, ""u8);
        headers.Add(""u8, "no name"u8);
        headers.Add("binär"u8, [0, 1, 0, 255]);
        byte[] value = [0, 255, 10, 0];

        var read = await RoundTripAsync(hasKey: true, "key ü"u8.ToArray(), value, headers);

        Assert.That(read.Message.Key, Is.EqualTo("key ü"u8.ToArray()));
        Assert.That(read.Message.Value, Is.EqualTo(value));
        Assert.That(read.Message.Timestamp.UnixTimestampMs, Is.EqualTo(Timestamp));
        Assert.That(
            read.Message.Headers.Select(header => (header.Key, Encoding.Latin1.GetString(header.GetValueBytes()))),
            Is.EqualTo([
                ("plain", "text"),
                ("twice", "first"),
                ("twice", "second"),
                ("empty", ""),
                ("", "no name"),
                ("binär", "\0\u0001\0ÿ"),
            ])
        );
    }

    [Test]
    public async Task A_missing_key_is_null_and_an_empty_value_is_not()
    {
        var read = await RoundTripAsync(hasKey: false, [], [], new RecordHeaderBuffer());

        Assert.That(read.Message.Key, Is.Null);
        Assert.That(read.Message.Value, Is.Not.Null.And.Empty);
        Assert.That(read.Message.Headers, Is.Empty);
    }

    [Test]
    public async Task An_empty_key_is_not_null()
    {
        var read = await RoundTripAsync(hasKey: true, [], "value"u8.ToArray(), new RecordHeaderBuffer());

        Assert.That(read.Message.Key, Is.Not.Null.And.Empty);
    }

    [Test]
    public async Task More_headers_than_fit_the_first_buffers_arrive_all()
    {
        var headers = new RecordHeaderBuffer();
        for (var index = 0; index < 200; index++)
        {
            headers.Add(Encoding.UTF8.GetBytes($"header-{index}"), Encoding.UTF8.GetBytes(new string('x', index)));
        }

        var read = await RoundTripAsync(hasKey: false, [], [], headers);

        Assert.That(
            read.Message.Headers.Select(header => (header.Key, header.GetValueBytes().Length)),
            Is.EqualTo(Enumerable.Range(0, 200).Select(index => ($"header-{index}", index)))
        );
    }

    [Test]
    public async Task Keys_land_where_the_partitioner_of_Java_puts_them()
    {
        const int partitions = 7;
        var name = await SharedKafka.TopicAsync(partitions);
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync(name);
        for (var token = 0; token < 500; token++)
        {
            Assert.That(producing.Produce(kafkaTopic, $"dev/{token}", [], token), Is.EqualTo(ProduceResult.Queued));
        }

        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(20)), Is.True);
        var records = Read(name, partitions, 500);
        Assert.That(
            records.Select(record => record.Partition.Value),
            Is.EqualTo(records.Select(record => JavaPartition(record.Message.Key!, partitions)))
        );
        Assert.That(kafkaTopic.PartitionCount, Is.EqualTo(partitions));
    }

    private static async Task<ConsumeResult<byte[]?, byte[]?>> RoundTripAsync(
        bool hasKey,
        byte[] key,
        byte[] value,
        RecordHeaderBuffer headers
    )
    {
        var name = await SharedKafka.TopicAsync();
        using var producing = new Producing(SharedKafka.Server.BootstrapServers);
        var kafkaTopic = await producing.TopicAsync(name);

        var result = producing.Producer.TryProduce(kafkaTopic, hasKey, key, value, headers, Timestamp, 42);

        Assert.That(result, Is.EqualTo(ProduceResult.Queued));
        Assert.That(producing.Producer.Flush(TimeSpan.FromSeconds(20)), Is.True);
        Assert.That(producing.Reports.Delivered, Is.EqualTo([42L]));
        return Read(name, 1, 1).Single();
    }

    private static List<ConsumeResult<byte[]?, byte[]?>> Read(string name, int partitions, int count) =>
        TopicReader.Read(SharedKafka.Server.BootstrapServers, name, partitions, count, TimeSpan.FromSeconds(20));

    /// <summary>Kafka's <c>Utils.toPositive(Utils.murmur2(key)) % partitions</c>: MurmurHash2 with this seed.</summary>
    private static int JavaPartition(byte[] key, int partitions)
    {
        const uint m = 0x5bd1e995;
        var hash = 0x9747b28c ^ (uint)key.Length;
        var whole = key.Length & ~3;
        for (var index = 0; index < whole; index += 4)
        {
            var k = BitConverter.ToUInt32(key, index) * m;
            hash = (hash * m) ^ ((k ^ (k >> 24)) * m);
        }

        for (var index = key.Length - 1; index >= whole; index--)
        {
            hash ^= (uint)key[index] << (8 * (index - whole));
        }

        hash = key.Length > whole ? hash * m : hash;
        hash = (hash ^ (hash >> 13)) * m;
        hash ^= hash >> 15;
        return (int)(hash & 0x7fffffff) % partitions;
    }
}
