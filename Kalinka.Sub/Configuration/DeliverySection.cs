using Kalinka.Common.Configuration;

namespace Kalinka.Sub.Configuration;

/// <summary>Reads the section <c>Delivery</c>: what becomes of messages that cannot go out at once.</summary>
internal static class DeliverySection
{
    private static readonly TimeSpan OneDay = TimeSpan.FromDays(1);

    public static DeliveryOptions Read(SectionReader section)
    {
        return new DeliveryOptions(
            section.Choice("AbsentClient", AbsentClient.DeadLetter),
            section.Duration("AbsentWait", TimeSpan.FromSeconds(10), TimeSpan.Zero, OneDay),
            section.Duration("BrokerWait", TimeSpan.FromSeconds(30), TimeSpan.Zero, OneDay),
            (int)section.Number("InFlightPerClient", 1, 1, 1000),
            section.Duration("MaxAge", TimeSpan.FromDays(7), TimeSpan.FromSeconds(1), TimeSpan.FromDays(36500)),
            section.Duration("ExpirySlack", TimeSpan.FromSeconds(5), TimeSpan.Zero, OneDay)
        )
        {
            Mode = section.Choice("Mode", DeliveryMode.Direct),
            KafkaTopic = section.TopicName("Topic", "kalinka.delivery"),
            Partitions = section.Number("Partitions", 0, 1, 100_000) is > 0 and var partitions ? (int)partitions : null,
        };
    }
}
