using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;

namespace Kalinka.Tests.Common.Kafka;

internal sealed class RdKafkaLibraryTests
{
    [Test]
    [Platform("Linux")]
    public void Confluent_Kafka_and_our_imports_share_one_copy_of_librdkafka()
    {
        Library.Load();
        Assert.That(LibRdKafka.Version(), Is.EqualTo(Library.Version));

        var copies = File.ReadLines("/proc/self/maps")
            .Where(line => line.Contains("librdkafka", StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/')..])
            .Distinct();
        Assert.That(copies.Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_version_is_read_from_its_number()
    {
        Assert.That(RdKafkaLibrary.Decode(0x021000ff), Is.EqualTo(new Version(2, 16, 0)));
    }
}
