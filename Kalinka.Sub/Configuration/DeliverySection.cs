using Kalinka.Common.Configuration;

namespace Kalinka.Sub.Configuration;

/// <summary>Reads the section <c>Delivery</c>: what becomes of messages that cannot go out at once.</summary>
internal static class DeliverySection
{
    private static readonly TimeSpan OneDay = TimeSpan.FromDays(1);

    public static DeliveryOptions Read(SectionReader section)
    {
        CheckMode(section);
        return new DeliveryOptions(
            section.Choice("AbsentClient", AbsentClient.DeadLetter),
            section.Duration("AbsentWait", TimeSpan.FromSeconds(10), TimeSpan.Zero, OneDay),
            section.Duration("BrokerWait", TimeSpan.FromSeconds(30), TimeSpan.Zero, OneDay),
            (int)section.Number("InFlightPerClient", 1, 1, 1000),
            section.Duration("MaxAge", TimeSpan.FromDays(7), TimeSpan.FromSeconds(1), TimeSpan.FromDays(36500)),
            section.Duration("ExpirySlack", TimeSpan.FromSeconds(5), TimeSpan.Zero, OneDay)
        );
    }

    private static void CheckMode(SectionReader section)
    {
        var mode = section.Text("Mode");
        if (mode is null || mode.Equals("Direct", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        section.Error(
            "Mode",
            mode.Equals("Partitioned", StringComparison.OrdinalIgnoreCase)
                ? "Partitioned is not available in this version; Direct is"
                : $"'{mode}' must be Direct"
        );
    }
}
