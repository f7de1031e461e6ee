using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Producing;

/// <summary>What tells a message from another that bears the same packet identifier. Valid in this process only.</summary>
internal static class Fingerprint
{
    /// <summary>Of topic and payload. Allocates nothing.</summary>
    public static int Of(in IncomingPublish publish)
    {
        var hash = new HashCode();
        hash.Add(publish.Topic.Length);
        hash.AddBytes(publish.Topic);
        hash.AddBytes(publish.Payload);
        return hash.ToHashCode();
    }
}
