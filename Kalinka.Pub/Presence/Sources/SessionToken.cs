namespace Kalinka.Pub.Presence.Sources;

/// <summary>Makes a number of what distinguishes one connection of a client from its others.</summary>
internal static class SessionToken
{
    /// <returns>Never 0 for something; 0 for nothing.</returns>
    public static long Of(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        var hash = new HashCode();
        hash.AddBytes(text);
        return (1L << 32) | (uint)hash.ToHashCode();
    }
}
