using System.Security.Cryptography;
using System.Text;

namespace Kalinka.Common.Configuration;

/// <summary>
/// By which it can be seen whether instances are configured alike, wherever each value comes from. What belongs to one
/// instance alone has no part in it, nor has a secret, which a hash would let others try out.
/// </summary>
public static class ConfigurationHash
{
    private const int Length = 8;

    /// <returns>16 hexadecimal digits.</returns>
    public static string Of(SectionReader root)
    {
        var entries = root
            .Entries.Where(entry => entry.Value is not null && Counts(entry.Key))
            .Select(entry => $"{entry.Key.ToUpperInvariant()}={entry.Value}\n")
            .Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(entries)))[..Length]);
    }

    private static bool Counts(string key) =>
        !key.Equals("Instance", StringComparison.OrdinalIgnoreCase)
        && !key.StartsWith("Http:", StringComparison.OrdinalIgnoreCase)
        && !key.EndsWith("Password", StringComparison.OrdinalIgnoreCase);
}
