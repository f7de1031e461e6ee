namespace Kalinka.QuickStart.Brokers;

/// <summary>A shared subscription as it is written: <c>$share/ShareName/filter</c> [MQTT-4.8.2].</summary>
internal readonly record struct SharedSubscription(string ShareName, string Filter)
{
    private const string Prefix = "$share/";

    public static bool TryParse(string topicFilter, out SharedSubscription shared)
    {
        shared = default;
        if (!topicFilter.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var slash = topicFilter.IndexOf('/', Prefix.Length);
        if (slash <= Prefix.Length || slash == topicFilter.Length - 1)
        {
            return false;
        }

        shared = new SharedSubscription(topicFilter[Prefix.Length..slash], topicFilter[(slash + 1)..]);
        return true;
    }
}
