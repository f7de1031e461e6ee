using System.Reflection;

namespace Kalinka.Common.Hosting;

/// <summary>The version that both daemons are built as, without the commit behind it.</summary>
public static class ProductVersion
{
    public static string Text { get; } =
        typeof(ProductVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";
}
